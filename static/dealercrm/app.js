/* DealerCRM: keys, dialogs, toasts, theme. Behaviour hangs on data-attributes; no page has a script of its own.

   data-key="n"          clicked by that key (or focused, if it is a field); listed under "?"
   data-key-too="b"      a second key for the same thing
   data-key-label="..."  its words in that list, where the element's own text does not say it
   data-row-key="h"      clicked by that key while the focus is in its row of a table[data-row-keys]
   data-open             on a <dialog>: it is open when it arrives (a form that came back with errors)
   data-go="t"           a link that "g" then this letter follows
   data-confirm="..."    asks before a form is sent or a button acts
   data-dialog="#id"     opens a <dialog>; data-close inside closes it
   data-autosubmit       a select or file field that sends its form when changed
   data-focus            takes the focus when the page, or a fragment with it, arrives; a form gives it to its first
                         field, or to the first one that was refused
   data-copy="#id"       copies that element's text
   data-poll             on an element with hx-trigger="every Ns": rests while the tab is hidden
   data-offer            an offer of the call in hand, one in view: data-offer-next shows the next (o), data-offer-refuse
                         the fallback (6; then data-offer-last opens the box), data-offer-back undoes a refusal (z)
   data-vanish="30"      gone after so many seconds
   A response header HX-Trigger {"toast": {"text": "...", "level": "success"}} shows a toast. */
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const shown = (element) => element.offsetParent !== null || element.getClientRects().length > 0;
  const words = () => document.body.dataset;

  /* ---- keys: by place on the keyboard, so that they work in a Russian layout too */
  const keyOf = (event) => {
    if (event.key === "Escape" || event.key === "Enter") return event.key;
    if (event.key === "/" || event.key === "?") return event.key;
    if (event.code === "Slash") return event.shiftKey ? "?" : "/";
    if (/^Key[A-Z]$/.test(event.code)) return event.code.slice(3).toLowerCase();
    if (/^(Digit|Numpad)\d$/.test(event.code)) return event.code.slice(-1);
    return event.key;
  };
  const typing = (element) =>
    element && (element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=file])"));
  const act = (element) => {
    if (element.matches("input:not([type=submit], [type=button], [type=checkbox], [type=radio]), textarea, select")) element.focus();
    else element.click();
  };
  const scope = () => document.querySelector("dialog[open]") || document;
  let going = 0;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    const key = keyOf(event);
    if (typing(event.target)) {
      if (key === "Escape") event.target.blur();
      // Nobody searches for a question mark: in an empty search box it asks for the keys.
      if (key !== "?" || event.target.type !== "search" || event.target.value) return;
    }
    if (key === "Escape" && (closeMenus() || scope() !== document)) return;
    if (going && Date.now() - going < 1500) {
      going = 0;
      const target = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
      if (target) { event.preventDefault(); target.click(); return; }
    }
    const row = event.target.closest && event.target.closest("[data-row-keys] tr");
    const inRow = row && row.querySelector(`[data-row-key="${CSS.escape(key)}"]`);
    if (inRow && shown(inRow)) { event.preventDefault(); inRow.click(); const field = inRow.closest("details[open]"); if (field && field.querySelector("textarea")) field.querySelector("textarea").focus(); return; }
    const target = all(`[data-key="${CSS.escape(key)}"], [data-key-too="${CSS.escape(key)}"]`, scope()).find((element) => shown(element) && !element.disabled);
    if (target) { event.preventDefault(); act(target); return; }
    if (scope() !== document) return;
    if (key === "?") { event.preventDefault(); showKeys(); }
    else if (key === "g") going = Date.now();
    else if (key === "j" || key === "k") step(key === "j" ? 1 : -1, event);
  });

  /* j and k walk the first links of a list's rows */
  const step = (by, event) => {
    const links = all("main .table tbody tr").map((row) => row.querySelector("a[href], button")).filter((link) => link && shown(link));
    if (!links.length) return;
    event.preventDefault();
    const row = document.activeElement && document.activeElement.closest("tr");
    const at = links.findIndex((link) => link.closest("tr") === row);
    links[Math.max(0, Math.min(links.length - 1, at === -1 ? 0 : at + by))].focus();
  };

  const showKeys = () => {
    const dialog = document.getElementById("keys");
    if (!dialog) return;
    const list = dialog.querySelector("[data-keys-here]");
    list.replaceChildren();
    const seen = new Set();
    for (const element of all("[data-key]")) {
      const key = element.dataset.key;
      if (!shown(element) || dialog.contains(element) || seen.has(key)) continue;
      seen.add(key);
      const term = document.createElement("dt");
      const cap = document.createElement("kbd");
      cap.textContent = key === "Escape" ? "Esc" : key;
      term.append(cap);
      const meaning = document.createElement("dd");
      const words = element.labels && element.labels.length ? element.labels[0] : element; // a field is named by its label
      meaning.textContent = element.dataset.keyLabel || element.getAttribute("aria-label") || words.textContent.replace(/\s+/g, " ").trim();
      list.append(term, meaning);
    }
    dialog.showModal();
  };

  /* ---- menus and dialogs */
  const closeMenus = (except) => {
    let closed = false;
    for (const menu of all("details.menu[open]")) if (menu !== except) { menu.open = false; menu.querySelector("summary").focus(); closed = true; }
    if (document.body.classList.contains("nav-open")) { toggleNav(false); closed = true; }
    return closed;
  };
  const toggleNav = (open) => {
    document.body.classList.toggle("nav-open", open);
    const button = document.querySelector("[data-nav]");
    if (!button) return;
    button.setAttribute("aria-expanded", String(open));
    if (open) document.querySelector(".rail a").focus(); else button.focus();
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    for (const menu of all("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
    const nav = target.closest("[data-nav], .scrim");
    if (nav) return toggleNav(!document.body.classList.contains("nav-open"));
    const opener = target.closest("[data-dialog]");
    if (opener) { const dialog = document.querySelector(opener.dataset.dialog); if (dialog) dialog.showModal(); return; }
    const closer = target.closest("[data-close]");
    if (closer) { const holder = closer.closest("dialog, .toasts .alert"); if (holder) holder.tagName === "DIALOG" ? holder.close() : holder.remove(); return; }
    if (target.matches("dialog[open]")) {
      const box = target.getBoundingClientRect();
      if (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom) target.close();
    }
    const copier = target.closest("[data-copy]");
    if (copier) {
      const source = document.querySelector(copier.dataset.copy);
      if (source && navigator.clipboard) navigator.clipboard.writeText(source.textContent.trim()).then(() => toast(words().copied, "success"));
      return;
    }
    const theme = target.closest("[data-theme-choice]");
    if (theme) return setTheme(theme.dataset.themeChoice);
    if (target.closest("[data-show-keys]")) { closeMenus(); showKeys(); }
  });

  /* ---- offers of a call: what was told and refused stands in hidden fields of the answer's form */
  const offers = () => all("[data-offer]");
  const said = (offer, name, value) => {
    const field = offer.querySelector(`[name="${name}"]`);
    if (field && value !== undefined) field.disabled = !value;
    return !!field && !field.disabled;
  };
  const viewOffer = (wanted) => {
    const rows = offers();
    for (const offer of rows) {
      offer.hidden = offer !== wanted;
      said(offer, "offer", offer === wanted);
      if (offer === wanted) said(offer, "offers_shown", true);
      offer.nextElementSibling.hidden = !said(offer, "offers_refused");
    }
    const left = rows.filter((offer) => !said(offer, "offers_refused"));
    const isFirst = left.length === rows.length && rows.length > 1;
    for (const button of all("[data-offer-next]")) button.hidden = left.length < 2;
    for (const button of all("[data-offer-refuse]")) button.hidden = !isFirst;
    for (const button of all("[data-offer-last]")) button.hidden = isFirst;
  };
  const nextOffer = (from) => {
    const rows = offers();
    const at = rows.indexOf(from);
    return [...rows.slice(at + 1), ...rows.slice(0, at)].find((offer) => !said(offer, "offers_refused"));
  };
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-offer-next], [data-offer-refuse], [data-offer-back]");
    if (!button) return;
    const current = offers().find((offer) => !offer.hidden);
    if (button.matches("[data-offer-back]")) {
      const back = button.closest("[data-offer-refused]").previousElementSibling;
      said(back, "offers_refused", false);
      return viewOffer(back);
    }
    if (button.matches("[data-offer-refuse]")) said(current, "offers_refused", true);
    viewOffer(nextOffer(current) || current);
  });

  /* ---- asking first */
  const ask = (text, yes) => {
    const dialog = document.getElementById("confirm");
    dialog.querySelector("p").textContent = text;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => { if (dialog.returnValue === "yes") yes(); }, { once: true });
    dialog.showModal();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    const text = (button && button.dataset.confirm) || form.dataset.confirm;
    if (text && !form.dataset.confirmed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(text, () => { form.dataset.confirmed = "1"; form.requestSubmit(button || undefined); });
      return;
    }
    delete form.dataset.confirmed;
    /* A second press of an impatient finger sends nothing twice. */
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method.toLowerCase() === "post" && !form.matches("[hx-post], [data-hx-post], [data-again]")) {
      form.dataset.sent = "1";
      setTimeout(() => { delete form.dataset.sent; }, 5000);
    }
  }, true);
  window.addEventListener("pageshow", () => { for (const form of all("form[data-sent]")) delete form.dataset.sent; });
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, () => event.detail.issueRequest(true));
  });
  document.addEventListener("change", (event) => {
    const field = event.target.closest("[data-autosubmit]");
    if (field && field.form) field.form.requestSubmit();
  });

  /* ---- toasts */
  const toast = (text, level = "info") => {
    const tray = document.getElementById("messages");
    const blank = document.getElementById("toast");
    if (!tray || !blank || !text) return;
    const note = blank.content.firstElementChild.cloneNode(true);
    note.classList.add(`alert--${level}`);
    note.querySelector("div").textContent = text;
    tray.append(note);
    fade(note, level);
  };
  const fade = (note, level) => { if (level !== "error" && level !== "warning") setTimeout(() => note.remove(), 6000); };
  all("[data-vanish]").forEach((note) => setTimeout(() => note.remove(), Number(note.dataset.vanish) * 1000));
  document.addEventListener("toast", (event) => {
    const detail = event.detail || {};
    toast(detail.text || detail.value, detail.level);
  });
  document.addEventListener("htmx:responseError", (event) => toast(event.detail.xhr.status === 403 ? words().forbidden : words().failed, "error"));
  document.addEventListener("htmx:sendError", () => toast(words().offline, "error"));

  /* ---- theme: auto, light or dark; a cookie, so that the server draws the first paint right */
  const setTheme = (choice) => {
    if (choice === "auto") delete root.dataset.theme; else root.dataset.theme = choice;
    document.cookie = `theme=${choice};path=/;max-age=${choice === "auto" ? 0 : 31536000};samesite=lax`;
    for (const button of all("[data-theme-choice]")) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
  };

  /* ---- when something arrives */
  const settle = (within) => {
    const inView = within.matches && within.matches("#offers") && offers().find((offer) => !offer.hidden);
    if (inView) viewOffer(inView); // offers that a consent has just opened
    for (const element of all("[data-key]", within)) element.setAttribute("aria-keyshortcuts", element.dataset.key);
    const arrived = within.matches && within.matches("dialog[data-open]") ? [within] : all("dialog[data-open]", within);
    for (const dialog of arrived) if (!dialog.open) dialog.showModal();
    let focus = within.matches && within.matches("[data-focus]") ? within : within.querySelector("[data-focus]");
    if (focus && focus.tagName === "FORM") focus = focus.querySelector("[aria-invalid=true]") || focus.querySelector("input:not([type=hidden]), select, textarea");
    if (focus && !document.querySelector("dialog[open]")) focus.focus({ preventScroll: within === document });
  };
  document.addEventListener("htmx:load", (event) => settle(event.detail.elt));
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
  });
  document.addEventListener("DOMContentLoaded", () => {
    settle(document);
    for (const note of all("#messages .alert")) fade(note, note.dataset.level);
  });
})();
