//! What a load wishes for, and the requests that say so.

use std::io::Write;

use super::load::Load;

/// What each request wishes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Two named seats, one after the other in the plan's order, chosen at random.
    Pair,
    /// The best two that are left.
    BestTwo,
    /// The best that are left, one to so many.
    BestUpTo(u32),
    /// Places of the area, one to so many.
    Places(u32),
}

/// Writes requests, over and over in the same memory.
#[derive(Debug, Default)]
pub(super) struct Writer {
    request: Vec<u8>,
    body: Vec<u8>,
}

impl Writer {
    /// Writes the next request; returns how many seats or places it asks for.
    pub(super) fn write(&mut self, load: &Load, dice: &mut Dice, key: [u64; 3]) -> u64 {
        let token = &load.tokens[dice.below(load.tokens.len())];
        let event = &load.events[dice.below(load.events.len())];
        self.body.clear();
        let asked = self.wish(load, dice);
        let (Self { request, body }, [seed, number, count]) = (self, key);
        request.clear();
        // Writing to memory cannot fail.
        let _ = write!(
            request,
            "POST /v1/events/{event}/bookings HTTP/1.1\r\nHost: aisle\r\n\
             Authorization: Bearer {token}\r\nIdempotency-Key: {seed}-{number}-{count}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        request.extend_from_slice(body);
        asked
    }

    fn wish(&mut self, load: &Load, dice: &mut Dice) -> u64 {
        let body = &mut self.body;
        let up_to = |dice: &mut Dice, most: u32| dice.below(most as usize) as u64 + 1;
        // Writing to memory cannot fail.
        match load.wish {
            Wish::Pair => {
                let seat = dice.below(load.labels.len() - 1);
                let (first, second) = (&load.labels[seat], &load.labels[seat + 1]);
                let _ = write!(body, r#"{{"seats":["{first}","{second}"]}}"#);
                2
            }
            Wish::BestTwo => {
                let _ = write!(body, r#"{{"quantity":2}}"#);
                2
            }
            Wish::BestUpTo(most) => {
                let asked = up_to(dice, most);
                let _ = write!(body, r#"{{"quantity":{asked}}}"#);
                asked
            }
            Wish::Places(most) => {
                let asked = up_to(dice, most);
                let _ = write!(body, r#"{{"area":"Standing","places":{asked}}}"#);
                asked
            }
        }
    }

    /// The request that was written last.
    pub(super) fn request(&self) -> &[u8] {
        &self.request
    }
}

/// SplitMix64: cheap, and good enough to choose seats.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to below this one.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::super::load::Until;
    use super::*;

    #[test]
    fn a_request_asks_for_what_it_says() {
        let load = Load {
            address: ([127, 0, 0, 1], 1).into(),
            clients: 1,
            tokens: ["t".to_owned()].into(),
            events: ["e".to_owned()].into(),
            labels: ["A-1".to_owned(), "A-2".to_owned()].into(),
            wish: Wish::BestUpTo(8),
            until: Until::SoldOut,
            rate: None,
            seed: 0,
            board: None,
        };
        let (mut writer, mut dice) = (Writer::default(), Dice::new(7));
        let mut seen = [false; 9];
        for count in 0..200 {
            let asked = writer.write(&load, &mut dice, [0, 0, count]);
            seen[asked as usize] = true;
            let text = str::from_utf8(writer.request()).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert_eq!(body, format!("{{\"quantity\":{asked}}}"));
            assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head}");
        }
        assert_eq!(seen, [false, true, true, true, true, true, true, true, true]);
        assert_eq!(writer.write(&Load { wish: Wish::Pair, ..load }, &mut dice, [0, 0, 0]), 2);
        assert!(writer.request().ends_with(br#"{"seats":["A-1","A-2"]}"#));
    }
}
