-- What was done with the tenant, and to which upgrade: a rollback and the resumption of a held tenant are of one.
alter table upgrade add column operation text not null default 'upgrade';
alter table upgrade add column of_upgrade text collate "C";
