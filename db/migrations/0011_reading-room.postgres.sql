-- A tenth of each page is left free by loads: a corrected reading that finds room in its page needs no new entry in the index. Partitions to come are made so too.
do $$
declare
  month regclass;
begin
  for month in select inhrelid from pg_inherits where inhparent = 'reading'::regclass loop
    execute format('alter table %s set (fillfactor = 90)', month);
  end loop;
end
$$;
