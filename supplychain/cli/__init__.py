"""One file per verb, no logic: parse the words, call the pipeline, print, exit."""
