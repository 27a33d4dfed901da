/** Starts the page. */

document.documentElement.classList.add("ready");
