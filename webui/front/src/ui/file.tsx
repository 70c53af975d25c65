// SPDX-License-Identifier: GPL-2.0-or-later
// A file that a person chooses, and how far it has come.
import { useId, useRef, useState } from "preact/hooks";
import { asProblem, isAbort, type Problem } from "../lib/api";
import { formatNumber } from "../lib/format";
import { t } from "../lib/i18n";
import { Button } from "./button";

export function FileButton({ label, small, accept, disabled, onFile }: { label: string; small?: boolean; accept?: string; disabled?: boolean; onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) onFile(file);
        }}
      />
      <Button small={small} icon="upload" disabled={disabled} onClick={() => input.current?.click()}>
        {label}
      </Button>
    </>
  );
}

export interface Transfer {
  what: string;
  share: number;
  stop: () => void;
}

// One file on its way at a time.
export function useTransfer() {
  const [transfer, setTransfer] = useState<Transfer | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async <T,>(what: string, move: (told: (share: number) => void, signal: AbortSignal) => Promise<T>): Promise<T | null> => {
    const stop = new AbortController();
    const told = (share: number) => setTransfer({ what, share, stop: () => stop.abort() });
    setProblem(null);
    told(0);
    try {
      return await move(told, stop.signal);
    } catch (error) {
      if (!isAbort(error)) setProblem(asProblem(error));
      return null;
    } finally {
      setTransfer(null);
    }
  };
  return { transfer, problem, run };
}

export function Progress({ what, share, stop }: Omit<Transfer, "stop"> & { stop?: () => void }) {
  const id = useId();
  return (
    <div class="line transfer" role="status">
      <span class="grow stack-s">
        <span id={id}>{t("transfer_share", { what, share: formatNumber(share * 100) })}</span>
        <progress max={1} value={share} aria-labelledby={id} />
      </span>
      {stop && (
        <Button small onClick={stop}>
          {t("stop")}
        </Button>
      )}
    </div>
  );
}
