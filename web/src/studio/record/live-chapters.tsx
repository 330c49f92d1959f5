import { useModule } from "../../shared/lazy";
import { Row } from "../../shared/ui/page";

const load = () => import("./chapters");

/** Chapters while the show is on; they come after what a host needs to speak. */
export function LiveChapters({ show }: { readonly show: string }) {
  const module = useModule(load);
  return (
    module && (
      <Row name="Chapters">
        <module.Chapters show={show} live />
      </Row>
    )
  );
}
