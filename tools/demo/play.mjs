// Plays the acts in order, up to the first that does not end as promised, and sums them up.
import { Act } from './act.mjs';
import { broken, heading, kept, write } from './screen.mjs';
import { table } from './table.mjs';

/** @returns {Promise<boolean>} whether every act ended as promised */
export async function play(stage, began) {
  const { acts } = stage.show;
  const raised = Date.now();
  const played = [];
  for (const [index, { title, why, play: perform, ...about }] of acts.entries()) {
    write(heading(index + 1, title, why));
    const act = new Act(stage);
    try {
      await perform(act);
      act.close();
    } catch (error) {
      act.promise(false, '', error.message);
    }
    played.push({ ...about, act });
    if (act.broken.length > 0) break;
  }
  write(table(played, { prepared: (raised - began) / 1000, total: (Date.now() - began) / 1000 }));
  const asPromised = played.every(({ act }) => act.broken.length === 0);
  const left = acts.length - played.length;
  write(asPromised ? kept(`all ${acts.length} acts ended as promised`) : broken(`act ${played.length}${left > 0 ? `; the ${left} after it were not played` : ''}`));
  return asPromised;
}
