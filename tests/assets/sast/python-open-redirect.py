from flask import redirect, request, url_for


def go():
    target = request.args.get("next")
    # ruleid: python-open-redirect
    redirect(target)
    # ruleid: python-open-redirect
    redirect(request.args["next"], code=302)
    # ok: python-open-redirect
    redirect(url_for("page", name=request.args["name"]))
    # ok: python-open-redirect
    return redirect("/home")
