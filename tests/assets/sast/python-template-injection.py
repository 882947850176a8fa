import jinja2
from flask import render_template, render_template_string, request


def page(environment):
    # ruleid: python-template-injection
    render_template_string("<h1>" + request.args["title"] + "</h1>")
    text = request.form.get("text")
    # ruleid: python-template-injection
    jinja2.Template(text)
    # ruleid: python-template-injection
    environment.from_string(f"Hello {text}")
    # ok: python-template-injection
    render_template_string("<h1>{{ title }}</h1>", title=request.args["title"])
    # ok: python-template-injection
    return render_template("page.html", text=text)
