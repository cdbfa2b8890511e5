-- Search as PostgreSQL alone would do it: full text with ranking, trigrams for typos. Filled by
--   copy catalogue (doc, starts) from stdin
-- with a document of data/catalogue.jsonl and its date a row; then search_index.sql.
create extension if not exists pg_trgm;
drop table if exists catalogue;

create table catalogue (
    id      bigserial primary key,
    doc     jsonb not null,
    starts  date  not null,
    name    text generated always as (doc ->> 'name') stored,
    country text generated always as (doc -> 'venue' ->> 'country') stored,
    words   tsvector generated always as (to_tsvector('simple',
        coalesce(doc ->> 'name', '') || ' ' || coalesce(doc ->> 'series', '') || ' '
        || coalesce(doc -> 'venue' ->> 'name', '') || ' ' || coalesce(doc -> 'venue' ->> 'city', '')
    )) stored
);
