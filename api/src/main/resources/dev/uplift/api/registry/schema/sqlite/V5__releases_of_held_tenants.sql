-- That a person ended the hold of the tenant that this upgrade held, when, who it was and why.
alter table upgrade add column released_at text;
alter table upgrade add column released_by text;
alter table upgrade add column release_reason text;
