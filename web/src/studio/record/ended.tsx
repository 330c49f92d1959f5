import { useModule } from "../../shared/lazy";
import type { RecordPageProps } from "./record-page";
import type { RecordSwitchProps } from "./switch";

const page = () => import("./record-page");
const before = () => import("./switch");

/** The page of a show that has ended, loaded when there is one: a show on air needs none of it. */
export function Ended(props: RecordPageProps) {
  const module = useModule(page);
  return module && <module.RecordPage {...props} />;
}

/** Whether the show will be recorded; not loaded on air, where it is settled. */
export function Before(props: RecordSwitchProps) {
  const module = useModule(before);
  return module && <module.RecordSwitch {...props} />;
}
