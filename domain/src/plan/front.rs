//! Which row of a zone is nearest the front.
//!
//! The format does not say. Halls number their rows from the front, whatever order the document
//! lists them in (the far side of a sports hall is often listed from the back), so the row's number
//! decides where it can be understood.

use super::model::{Content, Row};

/// How many rows of its zone lie before each row, by row in plan order: 0 is the front row of its
/// zone.
///
/// If all rows of a zone are numbered, they are in the order of their numbers; if all are lettered,
/// A to Z, then AA; else the order of the document stands.
pub(super) fn ranks(content: &Content) -> Vec<u32> {
    let mut ranks = vec![0; content.rows.len()];
    for zone in &content.zones {
        let mut order: Vec<(u64, usize)> =
            sort_keys(content.rows_of(zone)).into_iter().zip(zone.rows.start as usize..).collect();
        order.sort_unstable();
        for (rank, (_, row)) in (0..).zip(order) {
            ranks[row] = rank;
        }
    }
    ranks
}

fn sort_keys(rows: &[Row]) -> Vec<u64> {
    let all = |key: fn(&str) -> Option<u64>| -> Option<Vec<u64>> {
        rows.iter().map(|row| key(&row.number)).collect()
    };
    all(numbered).or_else(|| all(lettered)).unwrap_or_else(|| vec![0; rows.len()])
}

fn numbered(number: &str) -> Option<u64> {
    number.parse::<u32>().ok().map(u64::from)
}

/// Letters as digits of base 27, so that AA comes after Z.
fn lettered(number: &str) -> Option<u64> {
    let letters =
        (1..=4).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphabetic());
    let digit = |byte: u8| u64::from(byte.to_ascii_uppercase() - b'A') + 1;
    letters.then(|| number.bytes().fold(0, |sum, byte| sum * 27 + digit(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ZoneIndex;

    fn order<'a>(numbers: &[&'a str]) -> Vec<&'a str> {
        let row = |number: &&str| Row { zone: ZoneIndex(0), number: (*number).into(), seats: 0..1 };
        let rows: Vec<Row> = numbers.iter().map(row).collect();
        let mut keyed: Vec<_> = sort_keys(&rows).into_iter().zip(0..).zip(numbers).collect();
        keyed.sort_unstable();
        keyed.into_iter().map(|(_, number)| *number).collect()
    }

    #[test]
    fn lower_numbers_and_earlier_letters_are_nearer_the_front() {
        assert_eq!(order(&["14", "9", "10"]), ["9", "10", "14"]);
        assert_eq!(order(&["AB", "Z", "A", "aa"]), ["A", "Z", "aa", "AB"]);
    }

    #[test]
    fn what_cannot_be_understood_stays_as_listed() {
        assert_eq!(order(&["Loge", "2", "1"]), ["Loge", "2", "1"]);
        assert_eq!(order(&["", "B", "A"]), ["", "B", "A"]);
    }
}
