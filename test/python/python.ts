/** The Python of the tests, named by MMGAN_PYTHON; .ci/run makes one. */

export const PYTHON_REMEDY =
  "needs MMGAN_PYTHON, a Python with test/python/requirements.txt: python3 -m venv .venv && .venv/bin/pip install -r test/python/requirements.txt && MMGAN_PYTHON=.venv/bin/python npm test";
