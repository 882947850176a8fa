"""The verbs, composed: run, gate, promote, admit. Only here do store and verification meet."""
