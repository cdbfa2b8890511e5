//! The ways in which a document is not a plan.
//!
//! Clients match on [`PlanProblem::code`]; the path is for the person who edits the plan.

use super::{MAX_BYTES, MAX_CATEGORIES, MAX_SEATS};

/// A problem, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct PlanError {
    /// The place in the document, such as `zones[0].rows[2].seats[1].seat_guid`; `.` for the whole
    /// of it.
    pub path: String,
    /// What is wrong there.
    pub problem: PlanProblem,
}

impl PlanError {
    /// The stable code of the problem.
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }
}

/// One way to be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanProblem {
    /// The document is larger than [`MAX_BYTES`].
    #[error("the document has {bytes} bytes, more than {MAX_BYTES}")]
    BodyTooLarge {
        /// Its size in bytes.
        bytes: usize,
    },
    /// Not JSON, or not of the format's shape.
    #[error("not a pretix seating plan: {message}")]
    Malformed {
        /// What the parser says, with line and column.
        message: String,
    },
    /// Two seats have one label.
    #[error("seat {label:?} is also at {first}")]
    DuplicateSeat {
        /// The label of both.
        label: String,
        /// The path of the one that came first.
        first: String,
    },
    /// A seat names a category that the plan does not list.
    #[error("no category is called {name:?}")]
    UnknownCategory {
        /// The name as the seat has it.
        name: String,
    },
    /// Two categories have one name.
    #[error("category {name:?} is also at {first}")]
    DuplicateCategory {
        /// The name of both.
        name: String,
        /// The path of the one that came first.
        first: String,
    },
    /// More categories than [`MAX_CATEGORIES`].
    #[error("the plan has {count} categories, more than {MAX_CATEGORIES}")]
    TooManyCategories {
        /// How many it lists.
        count: usize,
    },
    /// Nobody can sit here.
    #[error("the plan has no seats")]
    NoSeats,
    /// More seats than [`MAX_SEATS`].
    #[error("the plan has {count} seats, more than {MAX_SEATS}")]
    TooManySeats {
        /// How many it lists.
        count: usize,
    },
    /// A label that must say something is empty.
    #[error("the label is empty")]
    LabelEmpty,
    /// A label or text is too long.
    #[error("the label has {bytes} bytes, more than {max}")]
    LabelTooLong {
        /// Its length in bytes.
        bytes: usize,
        /// The most it may have here.
        max: usize,
    },
    /// A label begins or ends with a blank, so that two labels could look alike.
    #[error("the label begins or ends with a blank")]
    LabelBlanks,
    /// A label has control characters or such that change the direction of writing.
    #[error("the label has a control character")]
    LabelControl,
    /// Not something that is certainly a CSS colour and nothing else.
    #[error("not a colour")]
    Color,
    /// A size that is not positive or above a million units.
    #[error("the size must be above 0 and at most 1000000")]
    SizeOutOfBounds,
    /// A coordinate beyond a million units, by itself or with the offsets of its row and zone.
    #[error("the coordinate is beyond 1000000, by itself or with the offsets around it")]
    CoordinateOutOfBounds,
}

impl PlanProblem {
    /// A code that never changes, for clients.
    pub fn code(&self) -> &'static str {
        match self {
            PlanProblem::BodyTooLarge { .. } => "plan_too_large",
            PlanProblem::Malformed { .. } => "plan_malformed",
            PlanProblem::DuplicateSeat { .. } => "plan_duplicate_seat",
            PlanProblem::UnknownCategory { .. } => "plan_unknown_category",
            PlanProblem::DuplicateCategory { .. } => "plan_duplicate_category",
            PlanProblem::TooManyCategories { .. } => "plan_too_many_categories",
            PlanProblem::NoSeats => "plan_no_seats",
            PlanProblem::TooManySeats { .. } => "plan_too_many_seats",
            PlanProblem::LabelEmpty => "plan_label_empty",
            PlanProblem::LabelTooLong { .. } => "plan_label_too_long",
            PlanProblem::LabelBlanks => "plan_label_blanks",
            PlanProblem::LabelControl => "plan_label_control",
            PlanProblem::Color => "plan_color",
            PlanProblem::SizeOutOfBounds => "plan_size_out_of_bounds",
            PlanProblem::CoordinateOutOfBounds => "plan_coordinate_out_of_bounds",
        }
    }

    /// The problem at this path.
    pub(super) fn at(self, path: impl Into<String>) -> PlanError {
        PlanError { path: path.into(), problem: self }
    }
}
