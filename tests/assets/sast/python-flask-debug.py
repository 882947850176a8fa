import flask

app = flask.Flask(__name__)
# ruleid: python-flask-debug
app.debug = True
# ruleid: python-flask-debug
app.run(port=8080, debug=True)
# ruleid: python-flask-debug
app.config["DEBUG"] = True
# ok: python-flask-debug
app.run(port=8080)
# ok: python-flask-debug
app.run(debug=False)
# ok: python-flask-debug
app.config["TESTING"] = True
