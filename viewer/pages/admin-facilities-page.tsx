export function AdminFacilitiesPage() {
  return null;
}
