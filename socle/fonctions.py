"""SQL that both databases write differently."""

from typing import Any

from django.db.models import CharField, Func, IntegerField


class UuidText(Func):
    """An identifier as Python writes it, dashes included (SQLite keeps 32 digits)."""

    arity = 1
    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **contexte: Any) -> Any:
        """Cast."""
        return super().as_sql(compiler, connection, template="(%(expressions)s)::text", **contexte)

    def as_sqlite(self, compiler: Any, connection: Any, **contexte: Any) -> Any:
        """Cut the digits 8-4-4-4-12."""
        sql, params = compiler.compile(self.source_expressions[0])
        coupes = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        morceaux = " || '-' || ".join(f"substr({sql}, {debut}, {nombre})" for debut, nombre in coupes)
        return f"({morceaux})", [*params] * len(coupes)


class AgeAt(Func):
    """Whole years between a birth date (second) and a day (first), unknown when either is."""

    arity = 2
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **contexte: Any) -> Any:
        """Ask PostgreSQL, whose arithmetic on dates is far quicker than on extracted parts."""
        modele = "date_part('year', age(%(expressions)s))::int"
        return super().as_sql(compiler, connection, template=modele, **contexte)

    def as_sqlite(self, compiler: Any, connection: Any, **contexte: Any) -> Any:
        """Subtract the years, one less before the birthday."""
        (jour, du_jour), (naissance, de_naissance) = map(compiler.compile, self.source_expressions)
        sql = (
            f"(strftime('%%Y', {jour}) - strftime('%%Y', {naissance})"
            f" - (strftime('%%m-%%d', {jour}) < strftime('%%m-%%d', {naissance})))"
        )
        return sql, [*du_jour, *de_naissance] * 2
