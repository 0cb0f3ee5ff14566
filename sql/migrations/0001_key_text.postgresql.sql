-- Keys sort by their bytes, whatever language the server was set up for. (To SQLite the type name reads as text.)
create domain key_text as text collate "C";
