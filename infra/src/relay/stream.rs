//! A cell's stream on JetStream: makes it, and says where it ends.

use std::error::Error;
use std::time::Duration;

use aisle_domain::stream::Position;
use async_nats::jetstream::context::{GetStreamErrorKind, PublishErrorKind};
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, LastRawMessageErrorKind, StorageType, Stream,
};
use async_nats::jetstream::{self, Context, ErrorCode};

use super::{Cell, StreamSettings};

/// A failure of NATS, of which only the text is of use.
pub(crate) type NatsFailure = Box<dyn Error + Send + Sync>;

/// Where a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// The sequence that the server gave out last; 0 if none.
    pub(super) sequence: u64,
    /// The position of the last message; none if the stream is empty.
    pub(super) position: Option<Position>,
}

/// JetStream over a connection, with time limits that suit a relay and a bus: who waits long for
/// a server that is away learns late that it is back.
pub(crate) fn jetstream(nats: async_nats::Client, in_flight: usize) -> Context {
    const ANSWER: Duration = Duration::from_secs(3);
    jetstream::ContextBuilder::new()
        .timeout(ANSWER)
        .ack_timeout(ANSWER)
        .max_ack_inflight(in_flight)
        .backpressure_on_inflight(true)
        .build(nats)
}

/// The cell's stream, made if it is missing, otherwise brought in line with the settings.
pub(super) async fn open(
    jetstream: &Context,
    cell: &Cell,
    settings: &StreamSettings,
) -> Result<Stream, NatsFailure> {
    let stream = match jetstream.get_stream(cell.stream()).await {
        Ok(stream) => stream,
        Err(error) if is_missing(&error.kind()) => {
            let wanted = settings.applied_to(Config::default(), cell);
            return Ok(jetstream.create_stream(wanted).await?);
        }
        Err(error) => return Err(error.into()),
    };
    let present = &stream.cached_info().config;
    let wanted = settings.applied_to(present.clone(), cell);
    if *present != wanted
        && let Err(error) = jetstream.update_stream(wanted).await
    {
        // Publishing into the stream as it is beats not publishing.
        let stream = cell.stream();
        tracing::warn!(%error, stream, "the stream stays as it is: its settings are refused");
    }
    Ok(stream)
}

/// Where the stream ends now.
pub(super) async fn end(stream: &Stream, cell: &Cell) -> Result<End, NatsFailure> {
    let sequence = stream.get_info().await?.state.last_sequence;
    Ok(End { sequence, position: position_at(stream, cell, sequence).await? })
}

/// The position of the message with this sequence; none if it is gone, or no relay sent it.
pub(crate) async fn position_at(
    stream: &Stream,
    cell: &Cell,
    sequence: u64,
) -> Result<Option<Position>, NatsFailure> {
    if sequence == 0 {
        return Ok(None);
    }
    match stream.get_raw_message(sequence).await {
        Ok(message) => {
            let id = message.headers.get(async_nats::header::NATS_MESSAGE_ID);
            Ok(id.and_then(|id| cell.position_of(id.as_str())))
        }
        Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether a message was refused because the stream does not end where it was thought to: somebody
/// else publishes, or an earlier message was lost.
pub(super) fn is_out_of_step(error: &jetstream::context::PublishError) -> bool {
    error.kind() == PublishErrorKind::WrongLastSequence
}

pub(crate) fn is_missing(kind: &GetStreamErrorKind) -> bool {
    let GetStreamErrorKind::JetStream(error) = kind else { return false };
    error.error_code() == ErrorCode::STREAM_NOT_FOUND
}

impl StreamSettings {
    /// What these settings make of a stream's configuration. The rest is the operator's.
    fn applied_to(&self, config: Config, cell: &Cell) -> Config {
        let max_age = self.max_age.unwrap_or(Duration::ZERO);
        // The server refuses to remember ids for longer than messages.
        let longest = self.max_age.unwrap_or(Duration::MAX);
        let max_bytes = self.max_bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
        Config {
            name: cell.stream(),
            subjects: vec![cell.subjects()],
            storage: StorageType::File,
            discard: DiscardPolicy::Old,
            num_replicas: self.replicas,
            max_age,
            max_bytes: max_bytes.unwrap_or(-1),
            duplicate_window: self.duplicate_window.min(longest),
            ..config
        }
    }
}
