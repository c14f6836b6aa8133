"""Which link broke: the parts of the change of the legs' correlation, the chain by year, and its links as bars."""

from collections.abc import Sequence

from unlockstep.backtests.reports.charts.dots import Dots, Estimate, dots
from unlockstep.backtests.reports.charts.style import Chart, LegendEntry, Plotly, axis, layout, legend_entry
from unlockstep.backtests.reports.text.figure import Text, Words, figure, figures, sentence, text
from unlockstep.backtests.reports.text.format import count, sentence_text
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_bounds
from unlockstep.backtests.results.model.statements import ChainYear, LinksResult

COLORS = ("@crypto", "@green", "@equity", "@sky", "@pink")
"""Of the links, from the first leg to the second."""


def links_view(links: LinksResult) -> Dots:
    """The change of the legs' correlation and the parts that add up to it, with their intervals."""
    change = links.change
    estimates = [
        Estimate(
            f"{links.tickers[0]}–{links.tickers[-1]}, the sum",
            figure(change, lambda part: part.change),
            figures(change, lambda part: part.ci),
        )
    ]
    estimates += [
        Estimate(part.link, figure(part, lambda one: one.share), figures(part, lambda one: one.share_ci))
        for part in links.links
    ]
    estimates += [
        Estimate(name, figure(part, lambda one: one.change), figures(part, lambda one: one.ci))
        for name, part in (("skips a link", links.skips), ("direct", links.direct))
    ]
    title = text(
        "S3b, which link broke: the correlation of {} and {} went from {} to {}; what each link, ties that skip one "
        "and a direct tie made of it",
        links.tickers[0],
        links.tickers[-1],
        signed(figure(links.before, lambda period: period.correlation)),
        signed(figure(links.now, lambda period: period.correlation)),
    )
    note = text(
        "{} to {} against {} to {}. A link's share is Shapley's, of the change of the links' product; the parts add up "
        "to the sum exactly. Lines: 95 % intervals by blocks of half a year.",
        links.now.first, links.now.last, links.before.first, links.before.last,
    )  # fmt: skip
    return dots(title, note, estimates)


def links_table(links: LinksResult) -> SmallTable:
    """The links' own changes."""
    rows: list[tuple[Words, ...]] = [
        (
            part.link,
            signed(figures(links.before, lambda period: period.links)[place]),
            signed(figures(links.now, lambda period: period.links)[place]),
            signed(figure(part, lambda one: one.change)),
            signed_bounds(part, lambda one: one.ci),
        )
        for place, part in enumerate(links.links)
    ]
    note = "Correlations of daily log returns. A change is clear where its interval leaves out zero."
    caption = sentence_text(sentence(links, lambda one: one.finding))
    return SmallTable(caption, note, ("Link", "Before", "Now", "Change", "95 % interval"), rows)


def years_table(links: LinksResult) -> SmallTable:
    """A row a calendar year: the legs' correlation, what the links make by themselves, each link, and the partial."""
    names = [part.link for part in links.links]
    heads = ("Year", f"{links.tickers[0]}–{links.tickers[-1]}", "Chain", *names, "Direct", "n")
    rows = [_year(year) for year in links.years]
    bridges = " and ".join(links.tickers[1:-1])
    caption = f"S3b: the chain by year: what {links.tickers[0]} and {links.tickers[-1]} share, and what the links carry"
    note = f"Chain: product of the links. Direct: partial correlation of the legs given {bridges}."
    return SmallTable(caption, note, heads, rows)


def _year(year: ChainYear) -> tuple[Words, ...]:
    return (
        str(year.year),
        signed(figure(year, lambda y: y.correlation)),
        signed(figure(year, lambda y: y.chain)),
        *map(signed, figures(year, lambda y: y.links)),
        signed(figure(year, lambda y: y.partial)),
        count(figure(year, lambda y: y.sessions)),
    )


def years_title(links: LinksResult) -> Text:
    """With which link the legs open and close."""
    if links.follows is None:
        return text("S3b: the links of the chain by year")
    return text(
        "S3b: from year to year the correlation of {} and {} goes with that of {} (r {})",
        links.tickers[0],
        links.tickers[-1],
        links.follows,
        signed(figure(links, lambda one: one.follows_r)),
    )


def years_figure(links: LinksResult, *, synthetic: bool) -> Chart:
    """Bars of each link and of the direct tie by year."""
    years = [str(year.year) for year in links.years]
    columns: list[tuple[str, Sequence[float | None]]] = [
        (part.link, [year.links[place] for year in links.years]) for place, part in enumerate(links.links)
    ]
    bars = [*zip(columns, COLORS, strict=False), (("direct (partial)", [year.partial for year in links.years]), "@ink")]
    data: list[Plotly] = []
    series: list[LegendEntry] = []
    for number, ((name, values), color) in enumerate(bars):
        series.append(legend_entry(name, "", {"color": color, "dash": "solid", "width": 6}, [number], True))
        data.append(
            {
                "type": "bar", "x": years, "y": list(values), "marker": {"color": color},
                "hovertemplate": f"%{{x}}, {name}: %{{y:+z.2f}}<extra></extra>",
            }
        )  # fmt: skip
    frame = layout(
        synthetic=synthetic,
        xaxis=axis("", type="category", showgrid=False),
        yaxis=axis("Correlation", tickformat="+.1f", nticks=6),
        bargap=0.25,
    )
    return {"data": data, "layout": frame, "series": series}
