import jinja2
from jinja2 import Environment, select_autoescape

# ruleid: python-jinja2-autoescape-off
first = jinja2.Environment(autoescape=False)
# ruleid: python-jinja2-autoescape-off
second = Environment(loader=None, autoescape=False)
# ok: python-jinja2-autoescape-off
third = Environment(autoescape=select_autoescape())
# ok: python-jinja2-autoescape-off
fourth = Environment(autoescape=True)
