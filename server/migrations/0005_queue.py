"""
Procrastinate's own tables, in a schema of their own: its version 3.10's, as the library brings them (ADR 0010).

A later version of procrastinate that changes them comes with a migration here that runs its SQL.
"""

from procrastinate.schema import SchemaManager
from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0004_metrics")]

    operations = [
        ops.RunSQL("CREATE SCHEMA linkroll_queue", reverse_sql="DROP SCHEMA linkroll_queue CASCADE"),
        ops.RunSQL("SET LOCAL search_path TO linkroll_queue", reverse_sql="SELECT 1"),
        ops.RunSQL(SchemaManager.get_schema(), reverse_sql="SELECT 1"),
        ops.RunSQL("SET LOCAL search_path TO DEFAULT", reverse_sql="SELECT 1"),
    ]
