import socket


def serve(app, address):
    listener = socket.socket()
    # ruleid: python-bind-all
    listener.bind(("0.0.0.0", 8080))
    # ruleid: python-bind-all
    listener.bind(("", 8080))
    # ruleid: python-bind-all
    app.run(host="0.0.0.0", port=8080)
    # ok: python-bind-all
    listener.bind(("127.0.0.1", 8080))
    # ok: python-bind-all
    listener.bind((address, 8080))
    # ok: python-bind-all
    app.run(host=address)
    # ok: python-bind-all
    print("0.0.0.0")
