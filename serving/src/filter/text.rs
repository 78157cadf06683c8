//! CQL2 text: a recursive-descent parser over a list of tokens.

use super::{Comparison, DEEPEST, Fault, Filter, GEOMETRY, Operand, Vocabulary};

/// Reads a filter in CQL2 text.
///
/// # Errors
/// When it is not understood, or names what the reader cannot see.
pub(crate) fn parse(text: &str, vocabulary: Vocabulary) -> Result<Filter, Fault> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, next: 0, end: text.chars().count() + 1, depth: 0, vocabulary };
    let filter = parser.either()?;
    match parser.peek() {
        None => filter.checked(),
        Some(_) => Err(parser.expected("the end, AND or OR")),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A name or keyword, as written.
    Word(String),
    /// A name in double quotes.
    Name(String),
    Text(String),
    Number(f64),
    Sign(&'static str),
}

const SIGNS: [&str; 9] = ["<=", ">=", "<>", "<", ">", "=", "(", ")", ","];

/// The tokens, each with its place: characters counted from 1.
fn tokens(text: &str) -> Result<Vec<(Token, usize)>, Fault> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        let start = i;
        if c.is_whitespace() {
            i += 1;
            continue;
        }
        let token = if c == '\'' || c == '"' {
            let quoted = quoted(&chars, &mut i, c)?;
            if c == '"' { Token::Name(quoted) } else { Token::Text(quoted) }
        } else if c.is_ascii_digit() || (c == '-' || c == '+' || c == '.') {
            let rest = |c: &char| c.is_ascii_digit() || ".eE+-".contains(*c);
            i += chars[i..].iter().take_while(|c| rest(c)).count();
            let number: String = chars[start..i].iter().collect();
            let number = number.parse().ok().filter(|number: &f64| number.is_finite());
            Token::Number(number.ok_or_else(|| Fault::Expected("a number", (start + 1).to_string()))?)
        } else if c.is_alphabetic() || c == '_' {
            i += chars[i..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
            Token::Word(chars[start..i].iter().collect())
        } else {
            let sign =
                SIGNS.into_iter().find(|sign| sign.chars().eq(chars[i..].iter().copied().take(sign.len())));
            let sign = sign
                .ok_or_else(|| Fault::Expected("a name, a value or an operator", (start + 1).to_string()))?;
            i += sign.len();
            Token::Sign(sign)
        };
        tokens.push((token, start + 1));
    }
    Ok(tokens)
}

/// The text between quotes, in which a doubled quote stands for one.
fn quoted(chars: &[char], i: &mut usize, quote: char) -> Result<String, Fault> {
    let start = *i;
    let mut out = String::new();
    *i += 1;
    loop {
        match (chars.get(*i), chars.get(*i + 1)) {
            (Some(&c), Some(&next)) if c == quote && next == quote => {
                out.push(quote);
                *i += 2;
            }
            (Some(&c), _) if c == quote => {
                *i += 1;
                return Ok(out);
            }
            (Some(&c), _) => {
                out.push(c);
                *i += 1;
            }
            (None, _) => return Err(Fault::Expected("a closing quote", (start + 1).to_string())),
        }
    }
}

struct Parser<'a> {
    tokens: &'a [(Token, usize)],
    next: usize,
    end: usize,
    depth: usize,
    vocabulary: Vocabulary,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn expected(&self, what: &'static str) -> Fault {
        let place = self.tokens.get(self.next).map_or(self.end, |(_, place)| *place);
        Fault::Expected(what, place.to_string())
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(next)) if *next == sign);
        self.next += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &'static str) -> Result<(), Fault> {
        if self.takes_sign(sign) { Ok(()) } else { Err(self.expected(sign)) }
    }

    /// Takes this keyword, in capitals or not.
    fn takes(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.next += usize::from(found);
        found
    }

    fn keyword(&mut self, keyword: &'static str) -> Result<(), Fault> {
        if self.takes(keyword) { Ok(()) } else { Err(self.expected(keyword)) }
    }

    fn either(&mut self) -> Result<Filter, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::TooLarge);
        }
        let mut parts = vec![self.both()?];
        while self.takes("OR") {
            parts.push(self.both()?);
        }
        self.depth -= 1;
        Ok(one_or(parts, Filter::Or))
    }

    fn both(&mut self) -> Result<Filter, Fault> {
        let mut parts = vec![self.factor()?];
        while self.takes("AND") {
            parts.push(self.factor()?);
        }
        Ok(one_or(parts, Filter::And))
    }

    fn factor(&mut self) -> Result<Filter, Fault> {
        let mut negated = false;
        while self.takes("NOT") {
            negated = !negated;
        }
        let filter = self.primary()?;
        Ok(if negated { Filter::Not(Box::new(filter)) } else { filter })
    }

    fn primary(&mut self) -> Result<Filter, Fault> {
        if self.takes_sign("(") {
            let inner = self.either()?;
            self.sign(")")?;
            return Ok(inner);
        }
        if self.takes("TRUE") {
            return Ok(Filter::Always(true));
        }
        if self.takes("FALSE") {
            return Ok(Filter::Always(false));
        }
        if self.takes("S_INTERSECTS") {
            return self.meets();
        }
        let value = self.operand()?;
        self.condition(value)
    }

    fn condition(&mut self, value: Operand) -> Result<Filter, Fault> {
        if self.takes("IS") {
            let negated = self.takes("NOT");
            self.keyword("NULL")?;
            return Ok(negate(Filter::IsNull(value), negated));
        }
        let negated = self.takes("NOT");
        if self.takes("BETWEEN") {
            let low = self.operand()?;
            self.keyword("AND")?;
            let high = self.operand()?;
            return Ok(negate(Filter::Between(value, low, high), negated));
        }
        if self.takes("LIKE") {
            let pattern = self.operand()?;
            return Ok(negate(Filter::Like(value, pattern), negated));
        }
        if self.takes("IN") {
            self.sign("(")?;
            let mut list = vec![self.operand()?];
            while self.takes_sign(",") {
                list.push(self.operand()?);
            }
            self.sign(")")?;
            return Ok(negate(Filter::In(value, list), negated));
        }
        if negated {
            return Err(self.expected("BETWEEN, LIKE or IN"));
        }
        let how = self.comparison()?;
        Ok(Filter::Compare(value, how, self.operand()?))
    }

    fn comparison(&mut self) -> Result<Comparison, Fault> {
        let how = match self.peek() {
            Some(Token::Sign("=")) => Comparison::Equal,
            Some(Token::Sign("<>")) => Comparison::NotEqual,
            Some(Token::Sign("<")) => Comparison::Less,
            Some(Token::Sign("<=")) => Comparison::LessOrEqual,
            Some(Token::Sign(">")) => Comparison::Greater,
            Some(Token::Sign(">=")) => Comparison::GreaterOrEqual,
            _ => return Err(self.expected("a comparison such as =, <, >=, IS NULL, IN, LIKE or BETWEEN")),
        };
        self.next += 1;
        Ok(how)
    }

    fn operand(&mut self) -> Result<Operand, Fault> {
        if self.takes("CASEI") {
            self.sign("(")?;
            let inner = self.simple()?;
            self.sign(")")?;
            return Ok(Operand::CaseInsensitive(Box::new(inner)));
        }
        self.simple()
    }

    fn simple(&mut self) -> Result<Operand, Fault> {
        let operand = match self.peek().cloned() {
            Some(Token::Word(name) | Token::Name(name)) => self.vocabulary.column(&name)?,
            Some(Token::Text(text)) => Operand::Text(text),
            Some(Token::Number(number)) => Operand::Number(number),
            _ => return Err(self.expected("a name or a value")),
        };
        self.next += 1;
        Ok(operand)
    }

    /// `(geometry, BBOX(1,2,3,4))` or `(geometry, POINT(1 2))`.
    fn meets(&mut self) -> Result<Filter, Fault> {
        self.sign("(")?;
        match self.peek().cloned() {
            Some(Token::Word(name) | Token::Name(name)) if name == GEOMETRY => self.next += 1,
            _ => return Err(self.expected("geometry")),
        }
        self.sign(",")?;
        let numbers = if self.takes("BBOX") {
            self.numbers(4, true)?
        } else if self.takes("POINT") {
            let point = self.numbers(2, false)?;
            [point.clone(), point].concat()
        } else {
            return Err(self.expected("BBOX(west, south, east, north) or POINT(lon lat)"));
        };
        self.sign(")")?;
        let bounds = self.vocabulary.bounds([numbers[0], numbers[1]], [numbers[2], numbers[3]])?;
        Ok(Filter::Meets(bounds))
    }

    fn numbers(&mut self, count: usize, commas: bool) -> Result<Vec<f64>, Fault> {
        self.sign("(")?;
        let mut numbers = Vec::with_capacity(count);
        while numbers.len() < count {
            if commas && !numbers.is_empty() {
                self.sign(",")?;
            }
            let Some(&Token::Number(number)) = self.peek() else { return Err(self.expected("a number")) };
            numbers.push(number);
            self.next += 1;
        }
        self.sign(")")?;
        Ok(numbers)
    }
}

fn one_or(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            join(parts)
        }
    }
}

fn negate(filter: Filter, negated: bool) -> Filter {
    if negated { Filter::Not(Box::new(filter)) } else { filter }
}
