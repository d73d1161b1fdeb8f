-- A tenth of each page is left free by loads: a corrected reading that finds room in its page needs no new entry in the index.
alter table reading set (fillfactor = 90);
