#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The BPU Workbench authors
# SPDX-License-Identifier: Apache-2.0
"""Measures drawings of `bpu visualize` in Chromium: is every text of every card inside its frame, clear of the
others, and of a readable size? Not part of the tests, since a browser is much to install for one question.

    measure_svg.py FILE.svg ...      exit status 1 when a text does not fit
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

SCRIPT = """
const frames = [...document.querySelectorAll('rect')].map(r => r.getBBox()).filter(b => b.width > 20 && b.height < 400);
const result = {texts: 0, outside: [], crossing: [], small: []};
for (const group of document.querySelectorAll('#nodes g')) {
    const texts = [...group.querySelectorAll('text')].map(t => [t, t.getBBox()]);
    for (const [text, box] of texts) {
        result.texts += 1;
        if (parseFloat(getComputedStyle(text).fontSize) < 10) result.small.push(text.textContent);
        const x = box.x + box.width / 2, y = box.y + box.height / 2;
        const frame = frames.find(f => f.x <= x && x <= f.x + f.width && f.y <= y && y <= f.y + f.height);
        if (!frame || box.x < frame.x - 0.5 || box.x + box.width > frame.x + frame.width + 0.5) result.outside.push(text.textContent);
        for (const [other, place] of texts)
            if (other !== text && Math.abs(box.y - place.y) < 4 && box.x < place.x && box.x + box.width > place.x)
                result.crossing.push(text.textContent + ' / ' + other.textContent);
    }
}
document.getElementById('result').textContent = 'RESULT ' + JSON.stringify(result) + ' END';
"""


def measure(svg: pathlib.Path) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder, "page.html")
        page.write_text(f"<!doctype html><body>{svg.read_text()}<pre id=result></pre><script>{SCRIPT}</script>")
        dom = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()],
                             capture_output=True, text=True, check=True, timeout=300).stdout
    found = re.search(r"<pre[^>]*>RESULT (.*) END</pre>", dom)
    if not found:
        sys.exit(f"{svg}: Chromium measured nothing")
    return json.loads(found.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def main() -> int:
    failed = False
    for name in sys.argv[1:]:
        result = measure(pathlib.Path(name))
        wrong = {key: result[key] for key in ("outside", "crossing", "small")}
        print(f"{name}: {result['texts']} texts, " + ", ".join(f"{len(texts)} {key}" for key, texts in wrong.items()))
        for key, texts in wrong.items():
            for text in texts[:5]:
                print(f"  {key}: {text}")
        failed = failed or result["texts"] == 0 or any(wrong.values())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
