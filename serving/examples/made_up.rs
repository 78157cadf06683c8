//! Writes the made-up bundle that the tests use, to try `serve` on:
//! `cargo run --release --example made_up -- DIR [BUURTEN [withheld]]`;
//! with `withheld` no buurt has figures.

use std::error::Error;
use std::path::Path;

use serving::made_up::Town;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("name the folder to write")?;
    let buurten = arguments.next().map_or(Ok(Town::default().buurten), |n| n.parse())?;
    let withheld = arguments.next().is_some_and(|word| word == "withheld");
    Town { buurten, withheld, ..Town::default() }.write(Path::new(&directory))
}
