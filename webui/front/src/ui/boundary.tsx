// SPDX-License-Identifier: GPL-2.0-or-later
// A page that breaks takes only itself along.
import { Component, type ComponentChildren } from "preact";
import { t } from "../lib/i18n";
import { Button } from "./button";
import { Empty } from "./bits";

export class Boundary extends Component<{ children: ComponentChildren }, { error: Error | null }> {
  override state = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return (
      <div class="card page-broken">
        <Empty level={1} title={t("page_broke")} text={t("page_broke_text")}>
          <code class="break">{String((this.state.error as Error).message)}</code>
          <Button onClick={() => window.location.reload()}>{t("load_again")}</Button>
        </Empty>
      </div>
    );
  }
}
