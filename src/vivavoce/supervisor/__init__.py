"""Checks the machine, binds both front doors, and keeps the roles running behind them."""
