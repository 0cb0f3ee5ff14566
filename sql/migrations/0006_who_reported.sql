-- Who entered a return, on which day, and why an earlier value was corrected: what an entry workbook says beside the rest.

alter table return_detail add column entered_by text not null default '';
alter table return_detail add column entered_on text not null default '';
alter table return_detail add column correction text not null default '';

alter table held_revision add column entered_by text;
alter table held_revision add column entered_on text;
alter table held_revision add column correction text;
