-- Arrays of readings are kept as they are: to compress them took two thirds of the time that it takes to note corrections.
alter table correction_log
  alter column times set storage external,
  alter column old_values set storage external,
  alter column new_values set storage external,
  alter column old_batch_ids set storage external;
