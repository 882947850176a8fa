"""Licence texts: the same words are the same licence; one clause more, or one less, is none that is known."""

from __future__ import annotations

import pytest

from supplychain.inventory.license_text import MAX_LENGTH, identify

MIT = """\
The MIT License (MIT)

Copyright (c) 2015-2024 Some Body <some@body.example>
All rights reserved.

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
BSD3 = """\
Copyright 2009 Acme Inc. All rights reserved.

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:
  * Redistributions of source code must retain the above copyright notice, this
    list of conditions and the following disclaimer.
  * Redistributions in binary form must reproduce the above copyright notice,
    this list of conditions and the following disclaimer in the documentation
    and/or other materials provided with the distribution.
  * Neither the name of Acme Inc. nor the names of its contributors may be used
    to endorse or promote products derived from this software without specific
    prior written permission.

THIS SOFTWARE IS PROVIDED BY ACME INC. AND CONTRIBUTORS ``AS IS'' AND ANY EXPRESS
OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF
MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT
SHALL ACME INC. OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO,
PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR
BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN
CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN
ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH
DAMAGE.
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MIT, "MIT"),
        (MIT.replace("\n", "\r\n"), "MIT"),
        ("\n".join(f"# {line}" for line in MIT.splitlines()), "MIT"),
        (MIT.partition("reserved.\n")[2], "MIT"),
        (" ".join(MIT.partition("reserved.\n")[2].split()), "MIT"),
        (MIT.replace('"', "\u201c"), "MIT"),
        (BSD3, "BSD-3-Clause"),
        (BSD3.replace("  * ", "1. "), "BSD-3-Clause"),
        (BSD3.partition("  * Neither")[0] + "\nTHIS SOFTWARE" + BSD3.partition("THIS SOFTWARE")[2], "BSD-2-Clause"),
    ],
)
def test_the_same_words(text, expected):
    assert identify(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MIT",
        "see LICENSE.txt",
        MIT + "\nThe Software shall be used for Good, not for sale.\n",
        "You may not sell the Software.\n\n" + MIT,
        MIT.replace("without restriction", "with some restriction"),
        MIT.replace("THE\nAUTHORS OR COPYRIGHT HOLDERS", "THE\nAUTHORS, WHO DEMAND PAYMENT FOR COMMERCIAL USE,"),
        BSD3.replace("ACME INC. AND CONTRIBUTORS", "ACME INC. ONLY TO ITS CUSTOMERS"),
        BSD3.replace("Acme Inc. nor", "Acme Inc., which must be paid for use, nor"),
        MIT + BSD3,
        MIT + " " * MAX_LENGTH,
    ],
)
def test_other_words_are_not_told(text):
    assert identify(text) is None
