"""How a list of proposals is narrowed: the options of the command as parameters of an address."""

from pydantic import BaseModel, ConfigDict, Field

from shapes.views import SOON

MOST, USUAL = 500, 50


class ListQuery(BaseModel):
    """Every filter is left out for all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    inbox: bool = Field(default=False, description="Only those that wait for the caller.")
    followed: bool = Field(default=False, description="Only open ones that others move on.")
    waiting: bool = Field(default=False, description="Only those sent back for a supplement.")
    ended: bool = Field(default=False, description="Only ended ones, those that moved last first.")
    due_soon: bool = Field(default=False, description="Only those due within some working days.")
    overdue: bool = Field(default=False, description="Only those with a deadline that has passed.")
    days: int = Field(default=SOON, ge=1, le=100, description="How many working days are soon.")
    programme: str | None = Field(default=None, max_length=100)
    state: str | None = Field(default=None, max_length=100)
    holder: str | None = Field(default=None, max_length=100, description="The agency that has to move it on.")
    seat: str | None = Field(default=None, max_length=200, description="The seat that has to, role@agency.")
    officer: str | None = Field(default=None, max_length=100, description="The account of the person in charge.")
    search: str | None = Field(default=None, max_length=200, description="Beginnings of words, without marks too.")
    agency: str | None = Field(default=None, max_length=100, description="As which agency the caller looks.")
    after: str | None = Field(default=None, max_length=200, description="Go on after the page that ended there.")
    limit: int = Field(default=USUAL, ge=1, le=MOST, description="No more than so many.")
