import { html } from "@palisade/neon/contract/page/markup";
import { SIGN_IN_PATH } from "../requests.js";
import type { Page } from "./frame.js";

/** @param complaint what was wrong with the key that was given */
export function renderSignIn(complaint: string | undefined): Page {
  const content = html`<section class="sign-in" aria-labelledby="sign-in-title">
    <h1 id="sign-in-title">Sign in</h1>
    <p class="muted">
      With an API key of this plane: <code>palisade dev</code> prints one when it starts. The console shows what that key may read, and
      changes nothing.
    </p>
    ${complaint === undefined ? undefined : html`<p class="complaint" role="alert">${complaint}</p>`}
    <form method="post" action="${SIGN_IN_PATH}">
      <label for="key">API key</label>
      <input id="key" name="key" type="password" required autocomplete="off" spellcheck="false" autocapitalize="off" />
      <button type="submit">Sign in</button>
    </form>
    <p class="muted small">
      The session ends after 30 minutes without a page being opened, after 8 hours in any case, and at once when the key is revoked. It
      opens this console alone, not the API.
    </p>
  </section>`;
  return { title: "Sign in", content };
}
