//! The page that lies beside the files and says what they are.

/// The text of `README.md`.
pub(crate) fn text(full: bool, until: &str) -> String {
    let (nl, en) = if full {
        (
            "# Voorbeeldstad\n\nDeze stad bestaat niet. Alle gebieden, panden, vondsten, controles en meldingen zijn verzonnen door een \
             rekenprogramma. De kaart ligt over echte Nederlandse grond (rond x 170 000, y 450 000 in RD), maar heeft daar niets mee te maken.",
            "# Voorbeeldstad (English)\n\nThis town does not exist. All areas, buildings, finds, visits and signals were made up by a program. \
             The map lies over real Dutch land (around x 170,000, y 450,000 in RD), but has nothing to do with it.",
        )
    } else {
        (
            "# Echte panden, verzonnen vondsten\n\nDe panden en gebieden komen uit de opgegeven bestanden (BAG en CBS). De vondsten, controles \
             en meldingen zijn verzonnen door een rekenprogramma: in deze panden is niets gevonden. De registratiedatum van een pand is de \
             begindatum, omdat het uittreksel geen andere noemt.",
            "# Real buildings, made-up finds (English)\n\nThe buildings and areas come from the files that were given (BAG and CBS). The finds, \
             visits and signals were made up by a program: nothing was found in these buildings. The registration date of a building is its \
             begin date, as the extract gives no other.",
        )
    };
    let figures = if full {
        [
            "| kerncijfers.csv | cijfers per gebied en jaar; `.` en -99997 zijn geheim |\n",
            "| kerncijfers.csv | figures per area and year; `.` and -99997 are secret |\n",
        ]
    } else {
        ["", ""]
    };
    let woz = if full {
        [
            " De WOZ-waarde is die van het jaar waarin het voorkomen ingaat.",
            " The WOZ value is that of the year in which the occurrence begins.",
        ]
    } else {
        ["", ""]
    };
    format!(
        "{nl}\n\nDe gegevens lopen tot {until}: wat op die dag nog niet was geregistreerd, staat er niet in.\n\n\
         | bestand | wat |\n| --- | --- |\n\
         | gemeente, wijken, buurten (.geojson) | gebieden in WGS84; buurten_rd.geojson in RD (EPSG:28992) |\n\
         | panden.csv | voorkomens van panden.{woz_nl} |\n\
         | vondsten.csv | gevonden kwekerijen, met dag van vondst en van registratie |\n\
         | controles.csv | controles met aanleiding, plaats op de lijst en uitkomst |\n\
         | meldingen.csv | anonieme meldingen, ware en onware, op ongeveer 30 meter nauwkeurig |\n\
         {figures_nl}\
         | truth/ | wat niemand in het echt weet; alleen om te toetsen, een model mag dit nooit lezen |\n\n\
         `truth/panden.csv`: `risico_JJJJ` is het verwachte aantal kwekerijen dat begint in het jaar dat in JJJJ ingaat (op de dag en maand \
         waarop de gegevens eindigen); de log-delen tellen op tot de log van het risico per jaar zonder herhaling in de omgeving. \
         `truth/controles.csv`: de kans waarmee het pand voor die controle werd gekozen. `truth/kwekerijen.csv`: ook wat nooit werd gevonden. \
         `truth/gebieden.csv`: `neiging` zegt waar vaker wordt gekeken dan het risico rechtvaardigt.\n\n\
         {en}\n\nThe data run until {until}: what was not registered by that day is not in them.\n\n\
         | file | what |\n| --- | --- |\n\
         | gemeente, wijken, buurten (.geojson) | areas in WGS84; buurten_rd.geojson in RD (EPSG:28992) |\n\
         | panden.csv | occurrences of buildings.{woz_en} |\n\
         | vondsten.csv | grow sites found, with day of find and of registration |\n\
         | controles.csv | visits with reason, position on the list and outcome |\n\
         | meldingen.csv | anonymous signals, true and false, to about 30 metres |\n\
         {figures_en}\
         | truth/ | what nobody knows in reality; for testing only, a model must never read it |\n\n\
         `truth/panden.csv`: `risico_YYYY` is the expected number of grow sites that start in the year that begins in YYYY (on the day and \
         month on which the data end); the log parts add up to the log of the yearly risk without near repeats. \
         `truth/controles.csv`: the chance with which the building was chosen for that visit. `truth/kwekerijen.csv`: what was never found \
         as well. `truth/gebieden.csv`: `neiging` says where people look more often than the risk justifies.\n",
        woz_nl = woz[0],
        woz_en = woz[1],
        figures_nl = figures[0],
        figures_en = figures[1],
    )
}
