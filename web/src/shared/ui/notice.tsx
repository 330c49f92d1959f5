import type { ComponentChildren } from "preact";
import "./notice.css";

export interface NoticeProps {
  /** What happened, in one line. */
  readonly title: string;
  /** `urgent` interrupts a screen reader; the others wait. */
  readonly urgent?: boolean;
  /** What to do next. */
  readonly children?: ComponentChildren;
}

/** What happened, and what to do next. */
export function Notice({ title, urgent, children }: NoticeProps) {
  return (
    <div class={`notice${urgent ? " notice-urgent" : ""}`} role={urgent ? "alert" : "status"}>
      <p class="notice-title">{title}</p>
      {children && <div class="notice-body stack-tight">{children}</div>}
    </div>
  );
}
