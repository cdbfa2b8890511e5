-- After search_schema.sql has been filled.
create index on catalogue using gin (words);
create index on catalogue using gin (name gin_trgm_ops);
create index on catalogue (starts);
vacuum analyze catalogue;
