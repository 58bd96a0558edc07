// What /proc/PID/numa_maps says: every mapping with the policy that counts for it and its pages by node.
import { countPages, type Vma } from '@forkless/mm';
import type { PolicyHolder } from '../holder.ts';
import { policyAt } from '../placement/policy-placer.ts';
import { policyText } from '../policy/policy-text.ts';

/** The policy numa_maps prints for a mapping: its own, else the task's. @see show_numa_map(), v6.12 */
export function mappingPolicyText(holder: PolicyHolder, vma: Vma): string {
  return policyText(policyAt(vma, vma.start) ?? holder.policy);
}

/** One line a mapping. @see fs/proc/task_mmu.c, show_numa_map(), v6.12 */
export function numaMaps(holder: PolicyHolder): string {
  const mm = holder.mm;
  if (mm === null) return '';
  return [...mm.vmas].map((vma) => `${line(holder, vma)}\n`).join('');
}

/** MODEL: all pages count as dirty once they are anonymous; `active`, `writeback` and `swapcache` are left out. */
function line(holder: PolicyHolder, vma: Vma): string {
  const { byNode, anonymous } = countPages(holder.mm!, vma.start, vma.end);
  const mapped = [...byNode.values()].reduce((sum, pages) => sum + pages, 0);
  const nodes = [...byNode].toSorted(([a], [b]) => a - b);
  return [
    vma.start.toString(16).padStart(8, '0'),
    mappingPolicyText(holder, vma),
    ...(vma.object === null
      ? []
      : [`file=${vma.name === '' ? `inode:${vma.object.inode}` : vma.name}`]),
    ...(vma.object === null && vma.name === '[heap]' ? ['heap'] : []),
    ...(vma.object === null && vma.name === '[stack]' ? ['stack'] : []),
    ...(anonymous > 0 ? [`anon=${anonymous}`, `dirty=${anonymous}`] : []),
    ...(mapped > 0 && mapped !== anonymous ? [`mapped=${mapped}`] : []),
    ...nodes.map(([node, pages]) => `N${node}=${pages}`),
    ...(mapped > 0 ? ['kernelpagesize_kB=4'] : []),
  ].join(' ');
}
