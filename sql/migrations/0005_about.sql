-- The last day of the newest period that a publication has a figure of: what an older publication says otherwise of the
-- same figure does not replace what a newer one says. Empty for returns, whose newest word stands whatever it is about.
alter table load add column about key_text not null default '';
