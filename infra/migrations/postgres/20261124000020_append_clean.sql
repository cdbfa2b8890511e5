-- `aisle_append_clean`: the ordinary batch, in which everything is accepted, for a third less.
--
-- Whoever calls it has found the units consistent with each other. Then all are accepted if the
-- streams are where the batch expects them and no key was used before, and most of that need not be
-- looked up: that a stream is new, or a key, is what the primary keys say when the row is inserted.
-- `p_stream_*` are only the streams of which an insert would not tell: those that the batch extends
-- (else there could be a gap) and those that were only read.
--
-- If anything is not as expected, nothing is changed and the row that is returned is null:
-- `aisle_append` judges the units one by one then. It is an answer rather than an error, so that
-- the server's log stays quiet when processes compete.
--
-- `p_fact_unit` is the number of the unit (from 1) that a fact belongs to, `p_through` the number of
-- facts up to and including the unit that an answer belongs to.
--
-- It leaves the planner's settings to its caller: setting them here would cost as much as the locking.
create function aisle_append_clean(
    p_stream_type     text[],
    p_stream_id       text[],
    p_stream_sequence bigint[],
    p_unit_event      uuid[],
    p_unit_metadata   json[],
    p_fact_unit       integer[],
    p_fact_stream     text[],
    p_fact_id         text[],
    p_fact_sequence   bigint[],
    p_fact_type       text[],
    p_fact_version    text[],
    p_fact_payload    json[],
    p_actor           text[],
    p_key             text[],
    p_digest          bytea[],
    p_answer          text[],
    p_through         bigint[],
    p_notify          boolean,
    out head          bigint,
    out at            timestamptz
) language plpgsql volatile
as $$
declare
    v_facts constant bigint := cardinality(p_fact_unit);
begin
    -- Waits for whoever appends at the moment; the statements after it see what that one committed.
    update journal_head h
    set position = h.position + v_facts, recorded_at = greatest(h.recorded_at, clock_timestamp())
    returning h.position - v_facts, h.recorded_at into strict head, at;

    perform from unnest(p_stream_type, p_stream_id, p_stream_sequence) s(type, id, sequence)
    where s.sequence <> coalesce((
        select e.sequence from events e
        where e.aggregate_type = s.type and e.aggregate_id = s.id
        order by e.sequence desc limit 1
    ), 0)
    limit 1;
    if found then
        raise unique_violation; -- caught below, as the others are
    end if;

    insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version,
                        payload, metadata, position, event_id, recorded_at)
    select f.stream, f.id, f.sequence, f.type, f.version,
           f.payload, p_unit_metadata[f.unit], head + f.ord, p_unit_event[f.unit], at
    from unnest(p_fact_unit, p_fact_stream, p_fact_id, p_fact_sequence, p_fact_type,
                p_fact_version, p_fact_payload) with ordinality
         f(unit, stream, id, sequence, type, version, payload, ord);

    if cardinality(p_key) > 0 then
        insert into commands (actor, key, digest, answer, position, recorded_at)
        select c.actor, c.key, c.digest, c.answer, head + c.through, at
        from unnest(p_actor, p_key, p_digest, p_answer, p_through)
             c(actor, key, digest, answer, through);
    end if;

    if p_notify then
        perform pg_notify('aisle_journal', (head + v_facts)::text);
    end if;
exception when unique_violation then
    head := null;
    at := null;
end
$$;
