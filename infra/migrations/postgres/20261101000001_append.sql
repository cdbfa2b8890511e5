-- `aisle_append`: one batch of units of work, in one round trip and under one lock.
--
-- It behaves as if the units were appended one after another, each all or not at all. The caller
-- has numbered the batch's distinct streams and keys (from 1), so that what is looked up here is
-- looked up once, and what is compared are numbers. `p_consistent` says that the units, taken in
-- order, agree with each other if every stream starts at its `p_stream_base`: then nothing is left
-- to check but that they do, which is the ordinary case. Else every unit is judged by itself.
--
-- `touch`: what one unit expects of one stream and how many facts it adds (0 if it only read).
-- `p_unit_through`: the facts of the batch up to and including this unit.
--
-- Answers one row: the head before, the time, and, unless everything was accepted, a verdict per
-- unit (0 accepted; s > 0 conflict on stream s; -k repeated under key k) and the answers known
-- before under the batch's keys.
--
-- The planner's settings: nearly every statement here is a lookup by key, and must stay one while
-- the statistics of a young or fast-growing journal lie. Volatile and READ COMMITTED, so that each
-- statement sees what was committed while this call waited for the lock.
create function aisle_append(
    p_consistent     boolean,
    p_stream_type    text[],
    p_stream_id      text[],
    p_stream_base    bigint[],
    p_key_actor      text[],
    p_key            text[],
    p_unit_event     uuid[],
    p_unit_metadata  text[],
    p_unit_through   bigint[],
    p_unit_touches   integer[],
    p_unit_key       integer[],
    p_unit_digest    bytea[],
    p_unit_answer    text[],
    p_touch_stream   integer[],
    p_touch_expected bigint[],
    p_touch_facts    bigint[],
    p_fact_unit      integer[],
    p_fact_stream    integer[],
    p_fact_sequence  bigint[],
    p_fact_type      text[],
    p_fact_version   text[],
    p_fact_payload   text[]
) returns table (
    head             bigint,
    at               timestamptz,
    verdicts         integer[],
    answer_digest    bytea[],
    answer_text      text[],
    answer_position  bigint[]
)
language plpgsql volatile
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
    v_units    constant integer := cardinality(p_unit_through);
    v_clean    boolean := p_consistent;
    v_known    boolean := false;       -- some key was used before
    v_stored   bigint[];               -- per stream: its sequence in the table
    v_current  bigint[];               -- per stream: with the units accepted so far
    v_missing  boolean[];              -- per stream: a rejected unit meant to write v_stored
    v_taken    boolean[];              -- per key: answered, before or in this batch
    v_verdicts integer[] := array_fill(0, array[v_units]);
    v_skipped  bigint[]  := array_fill(0::bigint, array[v_units]);
    v_skip     bigint := 0;
    v_from     integer;
    v_to       integer := 0;
    v_stream   integer;
    v_verdict  integer;
    v_inserted bigint := 0;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'aisle_append needs read committed, to see what it waited for';
    end if;

    select h.position, h.recorded_at into strict head, at from journal_head h for update;
    at := greatest(at, clock_timestamp());

    select array_agg(c.sequence order by s.ord),
           v_clean and coalesce(bool_and(c.sequence = s.base), true)
    into v_stored, v_clean
    from unnest(p_stream_type, p_stream_id, p_stream_base) with ordinality s(type, id, base, ord)
    cross join lateral (
        select coalesce((
            select e.sequence from events e
            where e.aggregate_type = s.type and e.aggregate_id = s.id
            order by e.sequence desc limit 1
        ), 0) as sequence
        offset 0 -- keeps the planner from looking up twice what is used twice
    ) c;

    if cardinality(p_key) > 0 then
        select array_agg(c.digest order by k.ord), array_agg(c.answer order by k.ord),
               array_agg(c.position order by k.ord), bool_or(c.position is not null)
        into answer_digest, answer_text, answer_position, v_known
        from unnest(p_key_actor, p_key) with ordinality k(actor, key, ord)
        left join lateral (
            select i.digest, i.answer, i.position from commands i
            where i.actor = k.actor and i.key = k.key
            limit 1
        ) c on true;
    end if;

    if v_clean and not v_known then
        answer_digest := null;
        answer_text := null;
        answer_position := null;
    else
        v_current := v_stored;
        v_missing := array_fill(false, array[cardinality(p_stream_type)]);
        v_taken := array_fill(false, array[cardinality(p_key)]);
        for k in 1 .. cardinality(p_key) loop
            v_taken[k] := answer_position[k] is not null;
        end loop;

        for u in 1 .. v_units loop
            v_from := v_to + 1;
            v_to := v_to + p_unit_touches[u];
            v_verdict := 0;
            if p_unit_key[u] > 0 and v_taken[p_unit_key[u]] then
                v_verdict := -p_unit_key[u];
            else
                for t in v_from .. v_to loop
                    v_stream := p_touch_stream[t];
                    if v_current[v_stream] <> p_touch_expected[t]
                        or (v_missing[v_stream] and p_touch_expected[t] = v_stored[v_stream])
                    then
                        v_verdict := v_stream;
                        exit;
                    end if;
                end loop;
            end if;

            if v_verdict = 0 then
                for t in v_from .. v_to loop
                    v_stream := p_touch_stream[t];
                    v_current[v_stream] := v_current[v_stream] + p_touch_facts[t];
                end loop;
                if p_unit_key[u] > 0 then
                    v_taken[p_unit_key[u]] := true;
                end if;
            else
                v_verdicts[u] := v_verdict;
                v_skip := v_skip + p_unit_through[u] - coalesce(p_unit_through[u - 1], 0);
                for t in v_from .. v_to loop
                    v_stream := p_touch_stream[t];
                    if p_touch_expected[t] < v_stored[v_stream]
                        and v_stored[v_stream] <= p_touch_expected[t] + p_touch_facts[t]
                    then
                        v_missing[v_stream] := true;
                    end if;
                end loop;
            end if;
            v_skipped[u] := v_skip;
        end loop;
        verdicts := v_verdicts;
    end if;

    if cardinality(p_fact_unit) > v_skip then
        insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version,
                            payload, metadata, position, event_id, recorded_at)
        select p_stream_type[f.stream], p_stream_id[f.stream], f.sequence, f.type, f.version,
               f.payload::json, p_unit_metadata[f.unit]::json,
               head + f.ord - v_skipped[f.unit], p_unit_event[f.unit], at
        from unnest(p_fact_unit, p_fact_stream, p_fact_sequence, p_fact_type, p_fact_version,
                    p_fact_payload) with ordinality
             f(unit, stream, sequence, type, version, payload, ord)
        where v_verdicts[f.unit] = 0;
        get diagnostics v_inserted = row_count;
        if v_inserted <> cardinality(p_fact_unit) - v_skip then
            raise exception 'aisle_append: % facts inserted, % meant', v_inserted,
                cardinality(p_fact_unit) - v_skip;
        end if;
        update journal_head h set position = head + v_inserted, recorded_at = at;
        perform pg_notify('aisle_journal', (head + v_inserted)::text);
    end if;

    if cardinality(p_key) > 0 then
        insert into commands (actor, key, digest, answer, position, recorded_at)
        select p_key_actor[u.key], p_key[u.key], u.digest, u.answer,
               head + u.through - v_skipped[u.ord], at
        from unnest(p_unit_key, p_unit_digest, p_unit_answer, p_unit_through) with ordinality
             u(key, digest, answer, through, ord)
        where u.key > 0 and v_verdicts[u.ord] = 0;
    end if;

    return next;
end
$$;
