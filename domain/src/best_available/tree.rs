//! Finds the best segment with room, without looking at those that have none.
//!
//! A binary tree over the segments of one category, best first. Each node has the union of the
//! group sizes for which there is room below it: so full stretches of the hall are skipped at once,
//! and a change of one segment is passed upwards only while it changes anything.

use super::opening::Sizes;

/// The room in the segments of one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tree {
    /// The root is 1, the children of n are 2n and 2n + 1, the leaves begin at half; 0 is unused.
    nodes: Box<[Sizes]>,
}

impl Tree {
    /// The tree over these leaves.
    pub(super) fn new(leaves: &[Sizes]) -> Tree {
        let width = leaves.len().next_power_of_two();
        let mut nodes = vec![Sizes::NONE; 2 * width];
        nodes[width..width + leaves.len()].copy_from_slice(leaves);
        for node in (1..width).rev() {
            nodes[node] = nodes[2 * node].union(nodes[2 * node + 1]);
        }
        Tree { nodes: nodes.into() }
    }

    /// Replaces a leaf.
    pub(super) fn set(&mut self, leaf: usize, sizes: Sizes) {
        let mut node = self.width() + leaf;
        self.nodes[node] = sizes;
        while node > 1 {
            node /= 2;
            let union = self.nodes[2 * node].union(self.nodes[2 * node + 1]);
            if std::mem::replace(&mut self.nodes[node], union) == union {
                return;
            }
        }
    }

    /// All leaves that have any of these sizes, first to last.
    pub(super) fn with_any(&self, sizes: Sizes) -> impl Iterator<Item = usize> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let leaf = self.next(from, sizes)?;
            from = leaf + 1;
            Some(leaf)
        })
    }

    /// The first such leaf not before `from`.
    fn next(&self, from: usize, sizes: Sizes) -> Option<usize> {
        if from >= self.width() {
            return None;
        }
        let mut node = self.width() + from;
        while !self.nodes[node].has_any(sizes) {
            // Up from every right child, then over to the right: what lies left of it has been
            // seen.
            while node % 2 == 1 {
                node /= 2;
            }
            if node == 0 {
                return None;
            }
            node += 1;
        }
        while node < self.width() {
            node *= 2;
            node += usize::from(!self.nodes[node].has_any(sizes));
        }
        Some(node - self.width())
    }

    fn width(&self) -> usize {
        self.nodes.len() / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::best_available::opening::Placing;
    use proptest::prelude::*;

    fn size(size: u32) -> Sizes {
        Sizes::of(size, Placing::Any)
    }

    #[test]
    fn a_category_without_segments_has_room_for_nobody() {
        assert_eq!(Tree::new(&[]).with_any(size(1)).next(), None);
    }

    proptest! {
        #[test]
        fn it_finds_what_a_scan_finds_after_any_changes(
            mut leaves in prop::collection::vec(1..4u32, 1..70),
            changes in prop::collection::vec((0..70usize, 1..4u32), 0..40),
        ) {
            let mut tree = Tree::new(&leaves.iter().map(|leaf| size(*leaf)).collect::<Vec<_>>());
            for (at, value) in changes {
                let at = at % leaves.len();
                leaves[at] = value;
                tree.set(at, size(value));
            }
            for wanted in 1..5 {
                let scan: Vec<usize> = (0..leaves.len()).filter(|at| leaves[*at] == wanted).collect();
                prop_assert_eq!(tree.with_any(size(wanted)).collect::<Vec<_>>(), scan);
            }
            let fresh = Tree::new(&leaves.iter().map(|leaf| size(*leaf)).collect::<Vec<_>>());
            prop_assert_eq!(tree, fresh);
        }
    }
}
