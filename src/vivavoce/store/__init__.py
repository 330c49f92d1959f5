"""People, shows and seats in SQL. Nothing on the listening path comes here."""
