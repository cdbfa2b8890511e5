//! The shape all aggregates share: decide, then evolve.
//!
//! [`aggregate_adapter`] makes a decider a `cqrs_es::Aggregate`, so that cqrs-es's framework,
//! stores and test tools run over it unchanged.

/// What a command comes to when it is not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<F> {
    /// These facts are to be recorded, in this order; never empty.
    Facts(Vec<F>),
    /// The command's effect is already there: a repetition, neither success nor refusal.
    AlreadyApplied,
}

impl<F> Decision<F> {
    /// A decision of one fact.
    pub fn one(fact: F) -> Self {
        Self::Facts(vec![fact])
    }

    /// The facts, none if the command was a repetition.
    pub fn into_facts(self) -> Vec<F> {
        match self {
            Self::Facts(facts) => facts,
            Self::AlreadyApplied => Vec::new(),
        }
    }
}

/// An aggregate as two pure functions.
pub trait Decider: Default {
    /// What it is asked to do.
    type Command;
    /// What it must know beside its own state: the time, the plan.
    type Context;
    /// What it records.
    type Fact;
    /// Why it says no.
    type Refusal;

    /// Decides a command on the present state. Changes nothing.
    ///
    /// # Errors
    /// The rule that the command would break.
    fn decide(
        &self,
        command: &Self::Command,
        context: &Self::Context,
    ) -> Result<Decision<Self::Fact>, Self::Refusal>;

    /// Takes a recorded fact into the state. Never fails: the past is not up for debate.
    fn evolve(&mut self, fact: &Self::Fact);
}

/// Makes a [`Decider`] a `cqrs_es::Aggregate` and its facts `cqrs_es::DomainEvent`s.
macro_rules! aggregate_adapter {
    ($aggregate:ty, $fact:ty, $type:expr) => {
        impl cqrs_es::Aggregate for $aggregate {
            const TYPE: &'static str = $type.as_str();
            type Command = <$aggregate as $crate::decider::Decider>::Command;
            type Event = <$aggregate as $crate::decider::Decider>::Fact;
            type Error = <$aggregate as $crate::decider::Decider>::Refusal;
            type Services = <$aggregate as $crate::decider::Decider>::Context;

            async fn handle(
                &mut self,
                command: Self::Command,
                context: &Self::Services,
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), Self::Error> {
                for fact in $crate::decider::Decider::decide(self, &command, context)?.into_facts()
                {
                    sink.write(fact, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, fact: Self::Event) {
                $crate::decider::Decider::evolve(self, &fact);
            }
        }

        impl cqrs_es::DomainEvent for $fact {
            fn event_type(&self) -> String {
                self.name().to_owned()
            }

            fn event_version(&self) -> String {
                $crate::fact::VERSION.to_owned()
            }
        }
    };
}
pub(crate) use aggregate_adapter;
