"use strict";
(() => {
  const page = document.documentElement;
  const now = new Date();
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  const days = Math.floor((today - Date.parse(page.dataset.asOf)) / 86400000);
  if (days > Number(page.dataset.staleAfter)) {
    const bar = document.getElementById("stale");
    bar.querySelector("b").textContent = `${days}日前のデータです。`;
    bar.hidden = false;
  }

  const form = document.getElementById("filter");
  const choices = [...form.querySelectorAll("select")];
  const count = document.getElementById("count");
  const rows = [...document.querySelectorAll("[data-rating]")];
  const groups = [...document.querySelectorAll("[data-group]")].reverse();
  const listed = rows.filter((row) => row.matches("tr"));

  const apply = () => {
    for (const row of rows) {
      row.hidden = choices.some(({ name, value }) => value && row.dataset[name] !== value);
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("[data-rating]:not([hidden])");
    }
    const shown = listed.filter((row) => !row.hidden).length;
    count.textContent = `${listed.length}件のうち${shown}件を表示しています。`;
  };
  const read = () => {
    const wanted = new URLSearchParams(location.hash.slice(1));
    if (choices.some(({ name }) => wanted.has(name))) {
      for (const choice of choices) {
        choice.value = wanted.get(choice.name) ?? "";
      }
      apply();
    }
  };
  const write = () => {
    const chosen = choices.filter(({ value }) => value).map(({ name, value }) => [name, value]);
    history.replaceState(null, "", `#${new URLSearchParams(chosen)}`);
    apply();
  };

  form.addEventListener("change", write);
  form.addEventListener("reset", () => setTimeout(write));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", read);
  form.hidden = false;
  apply();
  read();
})();
