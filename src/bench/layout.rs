//! Text tables: columns of equal width, figures with as many digits as mean something.

use std::fmt::Write;

use super::stats::Spread;

/// A median and its spread, or a dash.
pub(super) fn shown(spread: Option<Spread>) -> String {
    let Some(Spread { median, least, most }) = spread else { return "–".to_owned() };
    format!("{} [{} – {}]", number(median), number(least), number(most))
}

/// The same for ratios, which want two digits even if they are large.
pub(super) fn of_ratio(Spread { median, least, most }: Spread) -> String {
    format!("{median:.2} [{least:.2} – {most:.2}]")
}

/// As many digits as mean something; thousands apart.
fn number(figure: f64) -> String {
    match figure.abs() {
        size if size >= 1000.0 => thousands(figure),
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

fn thousands(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::with_capacity(digits.len() + 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digit.is_ascii_digit() {
            text.push(',');
        }
        text.push(digit);
    }
    text.replace("-,", "-")
}

/// Columns of equal width, the first one to the left, the others to the right.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a string cannot fail.
            let _ = match at {
                0 => write!(line, "{cell:<width$}"),
                _ => write!(line, "   {cell:>width$}"),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_as_many_digits_as_mean_something() {
        let shown: Vec<String> =
            [0.123, 12.34, 123.4, 1_234.5, 123_456.0, 1_234_567.0, -1_234.0, -123_456.0]
                .into_iter()
                .map(number)
                .collect();
        let expected =
            ["0.12", "12.3", "123", "1,234", "123,456", "1,234,567", "-1,234", "-123,456"];
        assert_eq!(shown, expected);
    }
}
