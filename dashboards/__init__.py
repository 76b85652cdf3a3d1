"""The files people see: the staff board. Fed by nothing; served by services/api."""
