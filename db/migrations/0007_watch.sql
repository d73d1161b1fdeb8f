-- One row. Up to when the edges of thresholds' windows have been judged, whichever instance did it; null where nobody has judged anything yet.
create table watch (
  judged_until timestamptz
);
create unique index watch_is_one_row on watch ((true));
insert into watch default values;
