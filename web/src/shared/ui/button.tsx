import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icon";
import "./button.css";

type Kind = "solid" | "line" | "plain";

export interface ButtonProps extends Omit<JSX.IntrinsicElements["button"], "icon" | "size"> {
  /** `solid` for the one thing to do next, `line` for others, `plain` for the least. */
  readonly kind?: Kind;
  readonly icon?: IconName;
  readonly big?: boolean;
  readonly children: ComponentChildren;
}

/** A button. Disabled ones stay readable; say beside it why it is disabled. */
export function Button({ kind = "line", icon, big, children, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} class={`button button-${kind}${big ? " button-big" : ""}`}>
      {icon && <Icon name={icon} size={big ? 26 : 20} />}
      <span>{children}</span>
    </button>
  );
}
