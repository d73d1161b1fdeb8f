-- Query documents that were saved by name, beside those of the deployment's folder. They are part of the catalogue: a change of one raises its version.
create table stored_document (
  name text primary key,
  text text not null,
  saved_at timestamptz not null default now()
);
