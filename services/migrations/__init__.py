"""The history of the relational schema (Alembic). Found by `services/kit/database.py`; imported by nobody."""
